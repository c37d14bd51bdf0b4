// How ONNX Runtime serves: its own keys (onnxruntime_session_options_config_keys.h), each with what was
// measured. None changes a number: those that do are every session's, in model/kernel-configuration.ts.
// What is in neither place stays at its default.

export const sessionConfiguration: Readonly<Record<string, string>> = {
  // Its threads wait for work by spinning. Between steps that keeps the main thread and the clients off
  // the processors: told to stop with each run, 32 streams on two processors go 4 to 6 % faster, and
  // one stream no slower. Within a run operators follow each other closely.
  'session.force_spinning_stop': '1',
  'session.intra_op.spin_duration_us': '100',
};
