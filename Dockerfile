# Two images: `api` (also Flower's) without TensorFlow, and `worker` with it.
#   docker build --target api -t florescope-api .
#   docker build --target worker --build-arg REQUIREMENTS=gpu -t florescope-worker-gpu .
ARG PYTHON=3.12

FROM python:${PYTHON}-slim AS base
ENV PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 PYTHONPATH=/app PATH=/opt/venv/bin:$PATH TMPDIR=/scratch MPLCONFIGDIR=/scratch/matplotlib
RUN useradd --create-home --uid 1000 florescope && mkdir -p /app /data /scratch && chown florescope /data /scratch
WORKDIR /app

FROM base AS api-packages
COPY requirements/api.txt requirements/flower.txt /tmp/requirements/
RUN python -m venv /opt/venv \
 && pip install --no-cache-dir --require-hashes -r /tmp/requirements/api.txt \
 && pip install --no-cache-dir --require-hashes -r /tmp/requirements/flower.txt

FROM base AS worker-packages
ARG REQUIREMENTS=cpu
COPY requirements/${REQUIREMENTS}.txt /tmp/requirements.txt
RUN python -m venv /opt/venv && pip install --no-cache-dir --require-hashes -r /tmp/requirements.txt

FROM base AS api
COPY --from=api-packages /opt/venv /opt/venv
COPY settings.py ./
COPY jobs jobs
COPY store store
COPY dispatch dispatch
COPY drawing drawing
# Flower loads the tasks of workers, and so the parts of ml that need no TensorFlow.
COPY ml ml
COPY workers workers
COPY api api
# What every record calls the code that made it, such as 0.1.0+1a2b3c4d5e6f; last, so that packages stay cached.
ARG CODE_VERSION=
ENV FLORESCOPE_CODE_VERSION=${CODE_VERSION}
USER florescope
CMD ["python", "-m", "api.main"]

FROM base AS worker
COPY --from=worker-packages /opt/venv /opt/venv
COPY settings.py ./
COPY jobs jobs
COPY store store
COPY dispatch dispatch
COPY drawing drawing
COPY ml ml
COPY workers workers
# What every record calls the code that made it, such as 0.1.0+1a2b3c4d5e6f; last, so that packages stay cached.
ARG CODE_VERSION=
ENV FLORESCOPE_CODE_VERSION=${CODE_VERSION}
USER florescope
CMD ["celery", "-A", "workers.app", "worker", "-Q", "train,explain,interactive", "-c", "1", "-n", "compute@%h", "--without-mingle", "--without-gossip"]
