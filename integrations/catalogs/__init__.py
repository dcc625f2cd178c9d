"""The catalogs of films and series: one line is a catalog."""

from integrations.registry import Registry

catalogs = Registry(offline="integrations.catalogs.offline.Offline", tmdb="integrations.catalogs.tmdb.TMDb")
