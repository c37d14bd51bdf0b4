// Of the exporter, apart from it: a server that finds its artifact needs nothing else of the exporter.

/** Raised when the same checkpoint gives another artifact, so that kept ones are made again. */
export const exporterVersion = 10;
