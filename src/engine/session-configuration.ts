// How ONNX Runtime serves: its own keys (onnxruntime_session_options_config_keys.h), each with what
// was measured. Empty: its defaults are the fastest that were found.

export const sessionConfiguration: Readonly<Record<string, string>> = {};
