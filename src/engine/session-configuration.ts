// How ONNX Runtime serves: its own keys (onnxruntime_session_options_config_keys.h), each with
// what was measured. The one place where they are chosen; empty means its defaults.

export const sessionConfiguration: Readonly<Record<string, string>> = {};
