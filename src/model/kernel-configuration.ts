// Which kernels ONNX Runtime computes with, where its own keys (onnxruntime_session_options_config_keys.h)
// change numbers. Every session has these: what is calibrated, verified and measured is what serves.

export const kernelConfiguration: Readonly<Record<string, string>> = {
  // Where a processor has no VNNI, int8 weights are multiplied by exact kernels instead of by those that
  // add products two by two in 16 bits and cut off what overflows. Elsewhere it changes nothing.
  'session.x64quantprecision': '1',
};
