# syntax=docker/dockerfile:1
ARG NODE_IMAGE=node:20-bookworm-slim

FROM ${NODE_IMAGE} AS build
WORKDIR /kvasir
COPY package.json package-lock.json .npmrc ./
RUN npm ci
COPY tsconfig.json tsconfig.build.json LICENSE ./
COPY models models
COPY export export
COPY src src
RUN npm run build
# The built-in model is exported here, so that a container is ready as soon as it has loaded it.
RUN node dist/src/main.js export --checkpoint models/storyteller --out /kvasir/artifacts/storyteller
RUN npm prune --omit=dev

FROM ${NODE_IMAGE} AS cpu
ENV NODE_ENV=production \
    KVASIR_HOST=0.0.0.0 \
    KVASIR_PORT=8000 \
    KVASIR_MODEL=/kvasir/artifacts/storyteller \
    KVASIR_CACHE_DIRECTORY=/var/cache/kvasir
WORKDIR /kvasir
RUN install --directory --owner=node --group=node /var/cache/kvasir
COPY --from=build /kvasir/package.json /kvasir/LICENSE ./
COPY --from=build /kvasir/node_modules node_modules
COPY --from=build /kvasir/dist dist
COPY --from=build /kvasir/models/storyteller models/storyteller
COPY --from=build /kvasir/artifacts artifacts
USER node
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=3s --start-period=30s --retries=3 \
    CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.KVASIR_PORT}/ready`).then((reply) => process.exit(reply.ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["node", "dist/src/main.js"]
CMD ["serve"]
