# The page in a container: no root, nothing written but what is mounted.
#   docker build -t avatar_app . && docker run --rm --read-only --tmpfs /tmp -v avatar_data:/data -p 7860:7860 avatar_app
FROM python:3.11-slim-bookworm AS built
WORKDIR /opt/avatar_app
# install.sh asks apt for the libraries that wheels need, and takes the CPU build of torch.
COPY . .
RUN bash install.sh setup && find .venv -name __pycache__ -type d -prune -exec rm -rf {} +

FROM python:3.11-slim-bookworm
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install -y --no-install-recommends libgl1 libglib2.0-0 libportaudio2 \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --create-home --uid 1000 avatar \
    && install -d -o avatar /data
COPY --from=built /opt/avatar_app /opt/avatar_app
WORKDIR /opt/avatar_app
USER 1000
ENV AVATAR_DATA=/data \
    HF_HOME=/data/huggingface \
    NUMBA_CACHE_DIR=/tmp/numba \
    MPLCONFIGDIR=/tmp/matplotlib \
    PYTHONDONTWRITEBYTECODE=1 \
    GRADIO_SERVER_NAME=0.0.0.0
VOLUME /data
EXPOSE 7860
HEALTHCHECK --interval=30s --timeout=5s --start-period=90s \
    CMD [".venv/bin/python", "-c", "import urllib.request as r; r.urlopen('http://127.0.0.1:7860/health', timeout=4)"]
STOPSIGNAL SIGTERM
CMD [".venv/bin/avatar_app", "serve"]
