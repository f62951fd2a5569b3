"""Elasticsearch and OpenSearch: lines of logs and how many there are, read only."""

from connectors.elasticsearch.source import SOURCE

__all__ = ["SOURCE"]
