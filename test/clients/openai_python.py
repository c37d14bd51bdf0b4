"""The official OpenAI client for Python against a running server. Checked with openai 3.54.0.

    python3 test/clients/openai_python.py http://127.0.0.1:8000
"""
import sys

import openai

client = openai.OpenAI(base_url=sys.argv[1] + "/v1", api_key="none", max_retries=0)
model = client.models.list().data[0].id
request = dict(model=model, prompt="Once upon a time", max_tokens=12, seed=3)

whole = client.completions.create(**request)
assert whole.usage.completion_tokens == 12, whole
assert whole.choices[0].finish_reason == "length", whole

streamed = client.completions.create(**request, stream=True, stream_options={"include_usage": True})
chunks = list(streamed)
assert "".join(chunk.choices[0].text for chunk in chunks if chunk.choices) == whole.choices[0].text
assert chunks[-1].usage.total_tokens == whole.usage.total_tokens and chunks[-1].choices == []

scored = client.completions.create(
    model=model, prompt="Once upon a time", max_tokens=0, echo=True, logprobs=2
)
logprobs = scored.choices[0].logprobs
assert scored.choices[0].text == "Once upon a time"
assert logprobs.token_logprobs[0] is None and len(logprobs.tokens) == 4
for token, logprob, top in list(zip(logprobs.tokens, logprobs.token_logprobs, logprobs.top_logprobs))[1:]:
    assert top[token] == logprob, (token, logprob, top)

several = client.completions.create(**request, n=3)
assert [choice.index for choice in several.choices] == [0, 1, 2]
assert several.choices[0].text == whole.choices[0].text

try:
    client.completions.create(model=model, prompt="x", temperature=7)
except openai.BadRequestError as error:
    assert error.param == "temperature" and error.body["code"] == "invalid_value", error.body
else:
    raise AssertionError("a temperature of 7 was accepted")
print("openai for Python: all is well")
