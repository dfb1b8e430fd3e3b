# seedsum on a plain CPU:
#   docker build -t seedsum .
#   docker run --rm -v "$PWD/input:/data/input:ro" -v "$PWD/output:/data/output" seedsum
FROM python:3.11-slim-bookworm
ARG TORCH_INDEX=https://download.pytorch.org/whl/cpu
ARG DATA=/data
COPY . /opt/seedsum
WORKDIR /opt/seedsum
# torch first and alone: asked for with its exact version, pip takes one build and nothing else.
RUN pip install --no-cache-dir ${TORCH_INDEX:+--index-url $TORCH_INDEX} "$(grep '^torch==' constraints.txt)"
RUN pip install --no-cache-dir --constraint constraints.txt '.[formats]'
RUN install -d -o 10001 -g 10001 "$DATA" "$DATA/input" "$DATA/output"
USER 10001:10001
WORKDIR $DATA
# Models that are downloaded stay where a volume keeps them; a user without a name has no home.
ENV HOME=$DATA SEEDSUM_HOME=$DATA/output/.models
ENTRYPOINT ["seedsum"]
CMD ["run", "input", "--output", "output"]
