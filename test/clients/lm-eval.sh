#!/usr/bin/env bash
# lm-evaluation-harness against a running server, and the same task computed by transformers from the
# same checkpoint: the two must agree. Checked with lm-eval 0.4.13, transformers 5.23.0, torch 2.13.0.
#
#   test/clients/lm-eval.sh URL CHECKPOINT TOKENIZER LAMBADA [LIMIT]
#
# URL: of the server, as http://127.0.0.1:8000; CHECKPOINT: the folder it serves; TOKENIZER: a folder
# with GPT-2's tokenizer.json; LAMBADA: lambada_test.jsonl, lines of {"text"}.
# LM_EVAL: the program, if it is not on the path.
set -euo pipefail

url=$1 checkpoint=$2 tokenizer=$3 lambada=$(realpath "$4") limit=${5:-200}
lm_eval=${LM_EVAL:-lm_eval}
command -v "$lm_eval" >/dev/null || { echo 'skipped: lm-evaluation-harness is not installed'; exit 0; }

tasks=$(mktemp -d)
trap 'rm -rf "$tasks"' EXIT
cat > "$tasks/lambada_local.yaml" <<YAML
task: lambada_local
dataset_path: json
dataset_kwargs: { data_files: { test: $lambada } }
test_split: test
output_type: loglikelihood
doc_to_text: "{{text.split(' ')[:-1] | join(' ')}}"
doc_to_target: "{{' ' + text.split(' ')[-1]}}"
metric_list:
  - { metric: perplexity, aggregation: perplexity, higher_is_better: false }
  - { metric: acc, aggregation: mean, higher_is_better: true }
YAML

export HF_HUB_OFFLINE=1 HF_DATASETS_OFFLINE=1 TOKENIZERS_PARALLELISM=false
task=(--tasks lambada_local --include_path "$tasks" --limit "$limit")

echo "the server:"
"$lm_eval" run --model local-completions "${task[@]}" --batch_size 4 --model_args \
  "model=$(basename "$checkpoint"),base_url=$url/v1/completions,tokenizer=$tokenizer,num_concurrent=4,max_length=1024" |
  grep -E 'perplexity|acc'
echo "transformers:"
"$lm_eval" run --model hf "${task[@]}" --batch_size 4 --device cpu --model_args \
  "pretrained=$checkpoint,tokenizer=$tokenizer,dtype=float32,max_length=1024" |
  grep -E 'perplexity|acc'
