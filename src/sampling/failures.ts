// What can go wrong in choosing a token without being our bug. Neither may stop the engine.

/** The model is at fault: a broken checkpoint, or float16 where it does not suffice. */
export class ScoresNotFinite extends Error {
  constructor() {
    super("the model's scores are not finite numbers");
    this.name = 'ScoresNotFinite';
  }
}

/** The request is at fault: what it excludes is, for this token, everything. */
export class NothingToChoose extends Error {
  constructor() {
    super(
      'no token is left to choose: allowed tokens, banned sequences and minimum tokens exclude all',
    );
    this.name = 'NothingToChoose';
  }
}
