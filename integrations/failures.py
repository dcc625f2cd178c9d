"""What the network raised, sorted into the errors of integrations/errors.py and said so that people can act on it."""

import ssl
import zlib

import httpcore2

from integrations.addresses import Target
from integrations.errors import NoAnswer, OutsideError, PermanentError, Unreachable


def sorted_failure(error: Exception, target: Target, total: float) -> OutsideError:
    """Our error for one of the network. Its text has nothing of the request in it: headers hold keys."""
    if certificate := refused_certificate(error):
        return PermanentError(
            f"The certificate of {target.host} cannot be trusted ({certificate}), so nothing was sent. "
            "Install the package ca-certificates on this machine, or name your own authority's file in SSL_CERT_FILE."
        )
    if isinstance(error, httpcore2.ConnectTimeout | httpcore2.ConnectError | httpcore2.PoolTimeout):
        return Unreachable(
            f"{target.entry} cannot be reached: no connection came about. Nothing was sent; it is tried again. "
            "If this lasts, check the network of this machine and the vendor's status page."
        )
    if isinstance(error, httpcore2.TimeoutException):
        return NoAnswer(
            f"{target.host} did not answer within {total:.3g} seconds. It is tried again. "
            "If this lasts, look at the vendor's status page."
        )
    if isinstance(error, httpcore2.NetworkError | httpcore2.RemoteProtocolError | zlib.error):
        return NoAnswer(
            f"{target.host} broke off before its answer was complete. It is tried again. "
            "If this lasts, look at the vendor's status page."
        )
    return PermanentError(
        f"The request to {target.host} cannot be sent ({type(error).__name__}). Check the key and the address."
    )


def refused_certificate(error: BaseException | None) -> str:
    """Why the certificate was refused, if that was it."""
    while error is not None:
        if isinstance(error, ssl.SSLCertVerificationError):
            return error.verify_message or "it could not be verified"
        error = error.__cause__ or error.__context__
    return ""
