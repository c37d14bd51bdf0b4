// What is wrong with somebody's files, as opposed to our bugs. The message names the file or the
// tensor, the field, what was found there and what would be accepted; it is shown to people as it is.

/**
 * A checkpoint that cannot be read, that describes a model outside the supported family, or that
 * cannot be made into something else where that was asked for.
 */
export class CheckpointError extends Error {
  override readonly name = 'CheckpointError';
}

/** An exported artifact that cannot be used as it is. */
export class ArtifactError extends Error {
  override readonly name = 'ArtifactError';
}
