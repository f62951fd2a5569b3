"""A fake Elasticsearch (and OpenSearch): ``_search`` over documents in memory."""

from sandbox.elasticsearch.server import ElasticsearchSandbox

__all__ = ["ElasticsearchSandbox"]
