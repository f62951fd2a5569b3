# Two stages: one that installs, one that runs. The second has no pip, no compiler and no root.
ARG PYTHON=3.13

FROM python:${PYTHON}-slim AS builder
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_ROOT_USER_ACTION=ignore
WORKDIR /src
COPY requirements.lock requirements-build.lock ./
# The build backend comes from a lock as well, and nothing is built in isolation: pip would fetch a backend
# without a hash for that.
RUN pip install --require-hashes -r requirements-build.lock \
    && pip wheel --require-hashes --no-build-isolation --wheel-dir /wheels -r requirements.lock
COPY pyproject.toml README.md LICENSE ./
COPY bot bot
COPY approvals approvals
COPY connectors connectors
COPY skills skills
COPY manifest manifest
COPY sandbox sandbox
RUN pip wheel --no-deps --no-index --no-build-isolation --wheel-dir /wheels .
# The environment that runs has no pip of its own; the builder's fills it.
RUN python -m venv --without-pip /opt/countersign \
    && pip --python /opt/countersign/bin/python install --no-deps --no-index /wheels/*.whl

FROM python:${PYTHON}-slim
LABEL org.opencontainers.image.title="Countersign" \
      org.opencontainers.image.description="Chat-ops bot for Jira, ServiceNow and Slack: nothing changes without a click" \
      org.opencontainers.image.licenses="Apache-2.0"
# A number and not a name, so that an orchestrator can check that it is not root.
RUN groupadd --gid 10001 countersign \
    && useradd --uid 10001 --gid 10001 --no-create-home --home-dir /var/lib/countersign --shell /usr/sbin/nologin \
        countersign \
    && install -d -o 10001 -g 10001 -m 0700 /var/lib/countersign /var/lib/countersign/data
COPY --from=builder /opt/countersign /opt/countersign
ENV PATH=/opt/countersign/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    COUNTERSIGN_HOST=0.0.0.0 \
    COUNTERSIGN_PORT=8080 \
    COUNTERSIGN_DATA=/var/lib/countersign/data
# `countersign.yaml` is looked for here; mount it read-only.
WORKDIR /var/lib/countersign
VOLUME ["/var/lib/countersign/data"]
EXPOSE 8080
USER 10001:10001
# In the image's own Python: there is no curl. Any answer but 200, or none in 2 s, is an error.
HEALTHCHECK --interval=10s --timeout=3s --start-period=10s --retries=3 \
    CMD ["python", "-c", "import os, urllib.request; urllib.request.urlopen('http://127.0.0.1:' + os.environ['COUNTERSIGN_PORT'] + '/healthz', timeout=2)"]
# The exec form makes the bot process 1: it gets SIGTERM itself, hands its work over and ends.
ENTRYPOINT ["countersign"]
CMD ["run"]
