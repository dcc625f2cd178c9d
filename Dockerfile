# One image for web, worker, scheduler and migrate; docker-compose.yml says which is which.
FROM python:3.11-slim-bookworm AS packages
COPY requirements.lock .
RUN python -m venv /opt/venv \
    && /opt/venv/bin/pip install --no-cache-dir --disable-pip-version-check --require-hashes -r requirements.lock

FROM python:3.11-slim-bookworm
RUN apt-get update \
    && apt-get install -y --no-install-recommends ca-certificates \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --uid 10001 --user-group --no-create-home --home-dir /var/lib/pressroom pressroom \
    && install -d -o pressroom -g pressroom -m 0700 /var/lib/pressroom
COPY --from=packages /opt/venv /opt/venv
WORKDIR /app
COPY . .
ENV PATH=/opt/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    STATIC_ROOT=/app/staticfiles
# The settings make keys under VAR_DIR when none are given: not into the image.
RUN python -m compileall -q . \
    && VAR_DIR=/tmp/build python manage.py collectstatic --noinput \
    && rm -rf /tmp/build

ENV VAR_DIR=/var/lib/pressroom
USER pressroom
VOLUME /var/lib/pressroom
EXPOSE 8000
# The host name and the header are those of a request through the TLS proxy: without them it is refused or redirected.
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s CMD ["python", "-c", "import os, urllib.parse as p, urllib.request as r; r.urlopen(r.Request('http://127.0.0.1:8000/api/health', headers={'Host': p.urlsplit(os.environ.get('SITE_URL', '')).hostname or 'localhost', 'X-Forwarded-Proto': 'https'}), timeout=4)"]
CMD ["gunicorn", "config.wsgi", "--bind", "0.0.0.0:8000", "--workers", "2", "--worker-class", "gthread", "--threads", "8", "--graceful-timeout", "20", "--worker-tmp-dir", "/dev/shm", "--no-control-socket"]
