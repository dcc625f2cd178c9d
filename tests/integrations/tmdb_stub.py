"""A small TMDb of our own on 127.0.0.1: the same films and series each time, 20 a page, failing when told to.

    with TMDbStub(films=300, series=300) as stub:
        TMDb(stub.key, stub.url)
        stub.fail("429", retry_after=7)                    the next request
        stub.fail("500", path="/movie/popular", after=2)   the third one of that list
        stub.gone.add(("movie", 17))                       its details answer 404
        stub.requests                                      what was asked: path, parameters, how the key came

Records have the shapes of reference/tmdb.md, with the holes that real ones have.
"""

import json
import socket
import struct
import threading
from dataclasses import dataclass, field
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from urllib.parse import parse_qs, urlsplit

PER_PAGE, LAST_PAGE = 20, 500
V3_KEY = "0123456789abcdef0123456789abcdef"
V4_TOKEN = "eyJhbGciOiJIUzI1NiJ9.eyJhdWQiOiJzdHViIn0.c2lnbmF0dXJl"
GENRES = ["Drama", "Comedy", "Crime", "Western", "Animation", "Documentary"]
FIRST = ["Silent", "Crimson", "Last", "Hidden", "Broken", "Golden", "Distant", "Paper", "Winter", "Electric"]
SECOND = ["River", "Harbour", "Orchard", "Signal", "Mirror", "Station", "Garden", "Letter", "Meridian", "Parade"]
TODAY = "2026-03-14"  # the universe's own day: titles later than this are upcoming
LISTS = {
    "/movie/popular", "/movie/top_rated", "/movie/now_playing", "/movie/upcoming", "/discover/movie",
    "/tv/popular", "/tv/top_rated", "/tv/on_the_air", "/tv/airing_today", "/discover/tv",
    *(f"/trending/{media}/{span}" for media in ("movie", "tv") for span in ("day", "week")),
}  # fmt: skip
MESSAGES = {
    7: "Invalid API key: You must be granted a valid key.",
    10: "Suspended API key: Access to your account has been suspended, contact TMDB.",
    22: "Invalid page: Pages start at 1 and max at 500. They are expected to be an integer.",
    25: "Your request count (#) is over the allowed limit of (40).",
    34: "The resource you requested could not be found.",
    11: "Internal error: Something went wrong, contact TMDB.",
    9: "Service offline: This service is temporarily offline, try again later.",
    18: "Validation failed.",
}


@dataclass
class Asked:
    """One request as it came in; `auth` is "bearer", "api_key" or ""."""

    path: str
    params: dict[str, str]
    auth: str
    headers: dict[str, str]


@dataclass
class Fault:
    """What goes wrong: after `after` matching requests, `times` times."""

    kind: str
    path: str | None
    times: int
    after: int
    options: dict[str, Any] = field(default_factory=dict)


class TMDbStub:
    """The server. With `drift` everything moves down by one between two pages."""

    def __init__(
        self, films: int = 300, series: int = 300, *, key: str = V3_KEY, token: str = V4_TOKEN, drift: bool = False
    ) -> None:
        self.key, self.token, self.drift = key, token, drift
        self.universe = {
            "movie": {number: film(number) for number in range(1, films + 1)},
            "tv": {number: one_series(number) for number in range(1, series + 1)},
        }
        self.gone: set[tuple[str, int]] = set()
        self.requests: list[Asked] = []
        self.faults: list[Fault] = []
        self.lock = threading.Lock()
        self.orders: dict[str, list[dict[str, Any]]] = {}
        self.released = threading.Event()
        stub = self

        class Handler(StubHandler):
            owner = stub

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_port}/3"
        self.thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)

    def __enter__(self) -> Self:
        self.thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.released.set()
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()

    def fail(self, kind: str, *, path: str | None = None, times: int = 1, after: int = 0, **options: Any) -> None:
        """Let requests (of one path, or all) fail.

        kind: a status ("401", "429", "500"; options code=, retry_after=), "html", "html503", "cut", "drop", "hang",
        "moved", or "json" with body= for any 200.
        """
        self.faults.append(Fault(kind, path, times, after, options))

    def paths(self) -> list[str]:
        """What was asked for, in order."""
        return [asked.path for asked in self.requests]

    def fault_for(self, path: str) -> Fault | None:
        """The fault that this request meets; it is used up."""
        with self.lock:
            for fault in self.faults:
                if fault.path not in (None, path) or fault.times == 0:
                    continue
                if fault.after:
                    fault.after -= 1
                    continue
                fault.times -= 1
                return fault
        return None

    def ordered(self, path: str, params: dict[str, str]) -> list[dict[str, Any]]:
        """The titles of a list, all pages; worked out once."""
        wishes = {name: value for name, value in params.items() if name not in ("page", "language", "api_key")}
        key = f"{path} {sorted(wishes.items())}"
        if key not in self.orders:
            self.orders[key] = self.work_out(path, wishes)
        return self.orders[key]

    def work_out(self, path: str, params: dict[str, str]) -> list[dict[str, Any]]:
        """The titles of a list in its order."""
        media = "movie" if "movie" in path else "tv"
        began = "release_date" if media == "movie" else "first_air_date"
        items = list(self.universe[media].values())
        if path.startswith("/discover"):
            items = [item for item in items if discovered(item, media, params)]
        elif path.endswith("/upcoming"):
            items = [item for item in items if item[began] > TODAY]
        if "top_rated" in path:
            ranked = [item for item in items if item["vote_count"] >= 200]
            return sorted(ranked, key=lambda item: (-item["vote_average"], item["id"]))
        if "popular" in path or path.startswith("/discover"):
            return sorted(items, key=lambda item: -item["popularity"])
        return sorted(items, key=lambda item: roll(f"{path} {item['id']}"))


class StubHandler(BaseHTTPRequestHandler):
    """Answers as TMDb does."""

    owner: TMDbStub
    protocol_version = "HTTP/1.1"
    wbufsize = 1 << 20  # one write an answer: with two, the second waits 40 ms for an acknowledgement
    disable_nagle_algorithm = True

    def log_message(self, *_: Any) -> None:
        """Say nothing."""

    def do_GET(self) -> None:
        """Note the request, then fail or answer."""
        if "Transfer-Encoding" in self.headers or self.headers.get("Content-Length", "0") != "0":
            self.close_connection = True
            return self.send(403, b"<h1>Bad request: a GET with a body.</h1>", "text/html")  # as its CDN does
        address = urlsplit(self.path)
        params = {name: values[-1] for name, values in parse_qs(address.query).items()}
        bearer = self.headers.get("Authorization", "")
        auth = "bearer" if bearer else "api_key" if "api_key" in params else ""
        path = address.path.removeprefix("/3")
        self.owner.requests.append(Asked(path, params, auth, dict(self.headers)))
        if fault := self.owner.fault_for(path):
            return self.misbehave(fault)
        if not address.path.startswith("/3/"):
            return self.refuse(404, 34)
        if bearer != f"Bearer {self.owner.token}" and params.get("api_key") != self.owner.key:
            return self.refuse(401, 7)
        return self.answer(path, params)

    def answer(self, path: str, params: dict[str, str]) -> None:
        """The real thing."""
        if path == "/authentication":
            return self.say(200, {"success": True, "status_code": 1, "status_message": "Success."})
        if path in LISTS:
            return self.list_page(path, params)
        media, _, number = path.strip("/").partition("/")
        known = self.owner.universe.get(media, {})
        if not number.isdigit() or int(number) not in known or (media, int(number)) in self.owner.gone:
            return self.refuse(404, 34)
        return self.say(200, details(known[int(number)], media, params))

    def list_page(self, path: str, params: dict[str, str]) -> None:
        """One page of a list."""
        for name in ("include_adult", "include_video", "include_null_first_air_dates"):
            if params.get(name, "false") not in ("true", "false"):
                return self.refuse(400, 18)
        page = params.get("page", "1")
        if not page.isdigit() or not 1 <= int(page) <= LAST_PAGE:
            return self.refuse(400, 22)
        items = self.owner.ordered(path, params)
        start = (int(page) - 1) * PER_PAGE
        start -= self.owner.drift * (int(page) - 1)
        results = items[start : start + PER_PAGE]
        return self.say(
            200,
            {
                "page": int(page),
                "results": [in_language(item, params) for item in results],
                "total_pages": -(-len(items) // PER_PAGE),
                "total_results": len(items),
            },
        )

    def misbehave(self, fault: Fault) -> None:
        """Fail as ordered."""
        kind, options = fault.kind, fault.options
        if kind.isdigit():
            code = options.get("code", {"401": 7, "404": 34, "429": 25, "503": 9, "400": 18, "422": 18}.get(kind, 11))
            header = {"Retry-After": str(options["retry_after"])} if "retry_after" in options else {}
            return self.refuse(int(kind), code, header)
        if kind == "json":
            return self.send(200, json.dumps(options["body"]).encode(), "application/json")
        if kind in ("html", "html503"):
            page = b"<!doctype html><title>Sorry</title><h1>We are upgrading.</h1>"
            return self.send(503 if kind == "html503" else 200, page, "text/html")
        if kind == "moved":
            return self.send(302, b"", "text/html", {"Location": options["location"]})
        if kind == "hang":
            self.owner.released.wait(options.get("seconds", 10))
        if kind == "cut":
            self.send(200, b'{"page":1,"results":[{"id":1,', "application/json", length=4000)
        # "drop", and the end of "cut" and "hang": the connection is reset.
        self.close_connection = True
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.connection.close()
        return None

    def refuse(self, status: int, code: int, headers: dict[str, str] | None = None) -> None:
        """TMDb's error body."""
        body = {"success": False, "status_code": code, "status_message": MESSAGES.get(code, "Failed.")}
        self.send(status, json.dumps(body).encode(), "application/json", headers)

    def say(self, status: int, body: dict[str, Any]) -> None:
        """A JSON answer."""
        self.send(status, json.dumps(body).encode(), "application/json;charset=utf-8")

    def send(
        self, status: int, body: bytes, kind: str, headers: dict[str, str] | None = None, length: int | None = None
    ) -> None:
        """Write an answer; `length` may lie."""
        self.send_response(status)
        for name, value in {
            "Content-Type": kind,
            "Content-Length": str(length or len(body)),
            **(headers or {}),
        }.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)
        self.wfile.flush()


# --- the universe -----------------------------------------------------------------------------------------------


def roll(seed: str) -> int:
    """A large number, the same each time."""
    return int.from_bytes(sha256(seed.encode()).digest()[:6])


def name_of(number: int) -> str:
    """ "Silent River", "Crimson Harbour 3"."""
    first, second = FIRST[number % 10], SECOND[number // 10 % 10]
    return f"{first} {second}" + (f" {number // 100 + 1}" if number >= 100 else "")


def common(kind: str, number: int) -> dict[str, Any]:
    """What list items of films and series share."""
    luck = roll(f"{kind} {number}")
    votes = 0 if number % 19 == 0 else luck % 9000 + 1
    poster = f"/{kind}{number}Poster.jpg" if number % 13 else None
    return {
        "backdrop_path": None,
        "genre_ids": [18, 35],
        "id": number,
        "original_language": "en",
        "overview": f"In story number {number}, somebody looks for a lighthouse.",
        "popularity": luck % 100_000 / 10,
        "poster_path": poster,
        "vote_average": 0.0 if votes == 0 else round(4 + luck % 5900 / 1000, 3),
        "vote_count": votes,
    }


def began(kind: str, number: int) -> str:
    """A date from 1950 to 2027; sometimes unknown."""
    luck = roll(f"{kind} date {number}")
    return "" if number % 23 == 0 else f"{1950 + luck % 78}-{luck % 12 + 1:02}-{luck % 28 + 1:02}"


def film(number: int) -> dict[str, Any]:
    """A film as lists show it; every 17th is an adult title."""
    name = name_of(number)
    own = {"title": name, "original_title": name, "release_date": began("movie", number), "video": False}
    return common("movie", number) | own | {"adult": number % 17 == 0}


def one_series(number: int) -> dict[str, Any]:
    """A series as lists show it; every third lacks `adult`, every 17th is an adult title (and may lack it)."""
    name = f"{name_of(number)}: The Series"
    own = {"name": name, "original_name": name, "first_air_date": began("tv", number), "origin_country": ["GB"]}
    return common("tv", number) | own | ({"adult": number % 17 == 0} if number % 3 else {})


def in_language(item: dict[str, Any], params: dict[str, str]) -> dict[str, Any]:
    """Other languages have their own words, and every fifth overview is missing."""
    language = params.get("language", "en-US")
    if language.startswith("en"):
        return item
    overview = "" if item["id"] % 5 == 0 else f"[{language}] {item['overview']}"
    return item | {"overview": overview}


def discovered(item: dict[str, Any], media: str, params: dict[str, str]) -> bool:
    """Whether discover would return it."""
    field_name, wish = ("release_date", "primary_release_date") if media == "movie" else ("first_air_date",) * 2
    released = item[field_name]
    earliest, latest = params.get(f"{wish}.gte"), params.get(f"{wish}.lte")
    if (earliest or latest) and not released:
        return False
    return (
        (params.get("include_adult") == "true" or item["id"] % 17 != 0)
        and item["vote_average"] >= float(params.get("vote_average.gte", 0))
        and item["vote_count"] >= int(params.get("vote_count.gte", 0))
        and (not earliest or released >= earliest)
        and (not latest or released <= latest)
    )


def details(item: dict[str, Any], media: str, params: dict[str, str]) -> dict[str, Any]:
    """The details of a title, with what was appended."""
    number = item["id"]
    record = {name: value for name, value in in_language(item, params).items() if name != "genre_ids"}
    record |= {
        "adult": number % 17 == 0,
        "genres": [{"id": 18, "name": GENRES[number % 6]}, {"id": 35, "name": GENRES[(number + 1) % 6]}],
        "homepage": "",
        "production_companies": [{"id": 5, "logo_path": None, "name": f"Studio {number % 9}", "origin_country": "GB"}],
        "production_countries": [{"iso_3166_1": "GB", "name": "United Kingdom"}],
        "spoken_languages": [{"english_name": "English", "iso_639_1": "en", "name": "English"}],
        "tagline": "Look for the light.",
    }
    record |= film_details(number) if media == "movie" else series_details(number, item["first_air_date"])
    appended = params.get("append_to_response", "").split(",")
    words = [{"id": 1, "name": "lighthouse"}, {"id": 2, "name": "search"}]
    extras = {
        "credits": {"cast": cast(number), "crew": crew(number) if media == "movie" else []},
        "keywords": {"id": number, "keywords" if media == "movie" else "results": words},
        "external_ids": {"imdb_id": f"tt{9_000_000 + number}", "tvdb_id": None},
    }
    return record | {name: value for name, value in extras.items() if name in appended}


def film_details(number: int) -> dict[str, Any]:
    """What only films have; every 11th has no runtime."""
    return {
        "belongs_to_collection": None,
        "budget": 0,
        "imdb_id": f"tt{1_000_000 + number}",
        "revenue": 0,
        "runtime": 0 if number % 11 == 0 else 80 + number % 70,
        "status": "Released",
    }


def series_details(number: int, first_air_date: str) -> dict[str, Any]:
    """What only series have; even numbers have ended."""
    return {
        "created_by": [{"id": number, "name": f"Creator {number}"}],
        "episode_run_time": [] if number % 11 == 0 else [20 + number % 40],
        "in_production": number % 2 == 1,
        "last_air_date": f"{int(first_air_date[:4]) + 2}-05-01" if first_air_date else None,
        "networks": [{"id": 1, "name": f"Network {number % 5}", "logo_path": None}],
        "number_of_episodes": 24,
        "number_of_seasons": 3,
        "status": "Returning Series" if number % 2 else "Ended",
        "type": "Scripted",
    }


def cast(number: int) -> list[dict[str, Any]]:
    """Three people, one of them twice."""
    people = [f"Actor {number}", f"Actor {number + 1}", "Guest Star", f"Actor {number}"]
    return [{"id": place, "name": name, "character": "X", "order": place} for place, name in enumerate(people)]


def crew(number: int) -> list[dict[str, Any]]:
    """A director who also wrote, and one who did neither."""
    jobs = [(f"Director {number}", "Director"), (f"Director {number}", "Writer"), ("Ann Author", "Novel")]
    jobs += [("Sam Script", "Screenplay"), ("Pat Producer", "Producer")]
    return [{"id": place, "name": name, "job": job, "department": "X"} for place, (name, job) in enumerate(jobs)]
