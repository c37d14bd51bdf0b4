// How ONNX Runtime serves: its own keys (onnxruntime_session_options_config_keys.h), each with
// what was measured. The one place where they are chosen; what is not here stays at its default.

export const sessionConfiguration: Readonly<Record<string, string>> = {
  // Its threads wait for work by spinning. Between steps that keeps the main thread and the clients off
  // the processors: told to stop with each run, 32 streams on two processors go 4 to 6 % faster, and
  // one stream no slower. Within a run operators follow each other closely.
  'session.force_spinning_stop': '1',
  'session.intra_op.spin_duration_us': '100',
  // Where a processor has no VNNI, int8 weights are multiplied by exact kernels instead of by those that
  // add products two by two in 16 bits and cut off what overflows. Elsewhere it changes nothing.
  'session.x64quantprecision': '1',
};
