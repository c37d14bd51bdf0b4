# syntax=docker/dockerfile:1
# The images that serve Kvasir: `cpu`, which is built where no target is named, and `cuda`.
# docs/deploying.md says how they are built and run.
ARG NODE_IMAGE=node:20.20.2-bookworm-slim
ARG CUDA_IMAGE=nvidia/cuda:13.0.3-cudnn-runtime-ubuntu24.04
ARG VERSION=0.1.0

# Whatever is compiled, exported and left out, is so here. What is to be served lies in /kvasir in the end.
FROM ${NODE_IMAGE} AS build
WORKDIR /kvasir
COPY package.json package-lock.json .npmrc ./
RUN --mount=type=cache,target=/root/.npm npm ci
COPY tsconfig.json tsconfig.build.json LICENSE ./
COPY models models
COPY export export
COPY client client
COPY src src
RUN npm run build && find dist '(' -name '*.map' -o -name '*.d.ts' -o -name .tsbuildinfo ')' -delete
# The built-in model is exported here, so that a container is ready as soon as it has loaded it.
RUN node dist/src/main.js export --checkpoint models/storyteller --out artifacts/storyteller
# While development's packages are still there: without them npm takes the tree for a broken one.
RUN npm sbom --sbom-format cyclonedx --omit dev >sbom.cdx.json
# Out goes what other platforms run, what compilers and debuggers read, and vocabularies of other models.
RUN npm prune --omit=dev \
    && platform="linux/$(node --print process.arch)" \
    && find node_modules/onnxruntime-node/bin -type f ! -path "*/$platform/*" -delete \
    && find node_modules/@koromix -path '*/musl_*' -delete \
    && find node_modules/js-tiktoken/dist -type f ! -path '*/ranks/gpt2.js' -delete \
    && find node_modules -type f ! -iname 'licen[cs]e*' -regex '.*\.\(map\|ts\|mts\|cts\|md\)' -delete \
    && find node_modules -type d -empty -delete

# The built-in model as GPUs compute it.
FROM build AS halves
RUN node dist/src/main.js export --checkpoint models/storyteller --out artifacts/storyteller-fp16 \
    --precision fp16 --kv-precision fp16

# ONNX Runtime's CUDA provider from its maker's site.
FROM build AS cuda-install
RUN node dist/src/main.js cuda install \
    && install --directory /provider \
    && mv node_modules/onnxruntime-node/bin/napi-v6/linux/x64/libonnxruntime_providers_*.so /provider/

# Without that site: docker build --build-context cuda-provider=FOLDER puts a folder with the files here.
FROM scratch AS cuda-provider
COPY --from=cuda-install /provider /

# An image whose provider would not load is not built.
FROM ${CUDA_IMAGE} AS cuda-checked
RUN apt-get update \
    && apt-get install --yes --no-install-recommends binutils \
    && rm -rf /var/lib/apt/lists/*
COPY --from=cuda-provider libonnxruntime_providers_cuda.so libonnxruntime_providers_shared.so /provider/
COPY --from=build /kvasir/node_modules/onnxruntime-node/package.json /provider/
COPY deploy/check-cuda-provider.sh /
RUN sh /check-cuda-provider.sh /provider && rm /provider/package.json

FROM ${CUDA_IMAGE} AS cuda
ARG VERSION
LABEL org.opencontainers.image.title="Kvasir for CUDA" \
    org.opencontainers.image.description="A text-generation server for GPT-2 on ONNX Runtime, with the provider for NVIDIA GPUs" \
    org.opencontainers.image.licenses="MIT" \
    org.opencontainers.image.version="${VERSION}"
# The model in fp32 lies beside it, in /kvasir/artifacts/storyteller, for KVASIR_DEVICE=cpu.
ENV NODE_ENV=production \
    KVASIR_HOST=0.0.0.0 \
    KVASIR_PORT=8000 \
    KVASIR_DEVICE=cuda \
    KVASIR_MODEL=/kvasir/artifacts/storyteller-fp16 \
    KVASIR_SERVED_MODEL_NAME=storyteller \
    KVASIR_CACHE_DIRECTORY=/var/cache/kvasir
COPY --from=build /usr/local/bin/node /usr/local/bin/node
WORKDIR /kvasir
RUN node --version && install --directory --owner=1000 --group=1000 /var/cache/kvasir
COPY --from=build /kvasir/package.json /kvasir/LICENSE /kvasir/sbom.cdx.json ./
COPY --from=build /kvasir/node_modules node_modules
COPY --from=cuda-checked /provider node_modules/onnxruntime-node/bin/napi-v6/linux/x64
COPY --from=build /kvasir/models/storyteller models/storyteller
COPY --from=halves /kvasir/artifacts artifacts
COPY --from=build /kvasir/dist dist
USER 1000:1000
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=3s --start-period=60s --retries=3 \
    CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.KVASIR_PORT}/ready`).then((reply) => process.exit(reply.ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["node", "dist/src/main.js"]
CMD ["serve"]

FROM ${NODE_IMAGE} AS cpu
ARG VERSION
LABEL org.opencontainers.image.title="Kvasir" \
    org.opencontainers.image.description="A text-generation server for GPT-2 on ONNX Runtime" \
    org.opencontainers.image.licenses="MIT" \
    org.opencontainers.image.version="${VERSION}"
ENV NODE_ENV=production \
    KVASIR_HOST=0.0.0.0 \
    KVASIR_PORT=8000 \
    KVASIR_MODEL=/kvasir/artifacts/storyteller \
    KVASIR_CACHE_DIRECTORY=/var/cache/kvasir
WORKDIR /kvasir
RUN install --directory --owner=1000 --group=1000 /var/cache/kvasir
COPY --from=build /kvasir/package.json /kvasir/LICENSE /kvasir/sbom.cdx.json ./
COPY --from=build /kvasir/node_modules node_modules
COPY --from=build /kvasir/models/storyteller models/storyteller
COPY --from=build /kvasir/artifacts artifacts
COPY --from=build /kvasir/dist dist
# Node handles signals itself as the first process; a number, so that Kubernetes can see it is not root.
USER 1000:1000
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=3s --start-period=30s --retries=3 \
    CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.KVASIR_PORT}/ready`).then((reply) => process.exit(reply.ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["node", "dist/src/main.js"]
CMD ["serve"]
