"""The REST API of the fake Jira, a module a resource; each lists its routes in ``ROUTES``."""
