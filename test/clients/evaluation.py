"""What `kvasir eval` measures, by Hugging Face transformers and lm-evaluation-harness: the loop of transformers' page on
perplexity for texts as they stand; the harness's own de-tokenizer and rolling windows for WikiText by words; its
definition of LAMBADA. Only the Treebank's de-tokenizer is written here once more. Checked with torch 2.13.0,
transformers 5.23.0, tokenizers 0.23.3, lm-eval 0.4.13.

    python3 test/clients/evaluation.py CHECKPOINT VOCABULARY MERGES [--wikitext FILE] [--ptb FILE] [--lambada FILE]
        [--text FILE] [--context N] [--stride N] [--limit N] [--dtype float64] [--report FILE]

CHECKPOINT: a folder; VOCABULARY, MERGES: vocab.json and merges.txt of GPT-2 (encoder.json and vocab.bpe are the same).
--report: what `kvasir eval --json` has written; fails where a perplexity differs by more than 1e-4 of it, or an accuracy
by more than a passage. Prints JSON.
"""
import argparse
import json
import math
import re
import sys

import torch
from lm_eval.tasks.wikitext.preprocess_wikitext import wikitext_detokenizer
from lm_eval.utils import get_rolling_token_windows
from tokenizers import ByteLevelBPETokenizer
from transformers import GPT2LMHeadModel

parser = argparse.ArgumentParser()
for name in ['checkpoint', 'vocabulary', 'merges']:
    parser.add_argument(name)
for name in ['--wikitext', '--ptb', '--lambada', '--text', '--report']:
    parser.add_argument(name)
for name in ['--context', '--stride', '--limit']:
    parser.add_argument(name, type=int)
parser.add_argument('--dtype', default='float32')
asked = parser.parse_args()

model = GPT2LMHeadModel.from_pretrained(asked.checkpoint, attn_implementation='eager')
model = model.to(getattr(torch, asked.dtype)).eval()
bpe = ByteLevelBPETokenizer(asked.vocabulary, asked.merges)
bpe.add_special_tokens(['<|endoftext|>'])
encode = lambda text: bpe.encode(text).ids
BOS = model.config.bos_token_id
context = asked.context or model.config.n_positions
stride = asked.stride or context


def scores(inputs, targets):
    """Of `targets`, the tokens after the last of `inputs`: log-probabilities, and whether each is the best."""
    logits = model(torch.tensor([inputs]), use_cache=False).logits[0, -len(targets):].log_softmax(-1)
    wanted = torch.tensor(targets)
    return logits.gather(1, wanted[:, None])[:, 0].double(), logits.argmax(-1) == wanted


def as_it_stands(ids):
    loss, count, previous = 0.0, 0, 0
    for begin in range(0, len(ids), stride):
        end = min(begin + context, len(ids))
        window, wanted = ids[begin:end], min(end - previous, end - begin - 1)
        if wanted > 0:
            loss -= scores(window[:-1], window[-wanted:])[0].sum().item()
            count += wanted
        previous = end
        if end == len(ids):
            break
    return loss, count


def as_documents(texts):
    """The harness counts a window's inputs, one fewer than its tokens. Its `context_len` is the overlap and one more."""
    loss, count, longest = 0.0, 0, context - 1
    for text in texts:
        overlap = longest - min(stride, longest) + 1
        for inputs, targets in get_rolling_token_windows(encode(text), BOS, longest, overlap):
            loss -= scores(inputs, targets)[0].sum().item()
            count += len(targets)
    return loss, count


def wikitext(file):
    articles = []
    for line in file.removesuffix('\n').split('\n'):
        if re.fullmatch(r' = [^=].* = ', line):
            articles.append([])
        if articles:
            articles[-1].append(line)
    articles = articles[:asked.limit]
    rows = [''] + [line + '\n' if line.strip() else '' for article in articles for line in article]
    raw, count = as_it_stands(encode('\n\n'.join(rows)))
    pages = ['\n'.join(article) for article in articles]
    clean, _ = as_documents([wikitext_detokenizer({'page': page}) for page in pages])
    words = sum(len(re.split(r'\s+', page)) for page in pages)
    return {'perplexity a token': math.exp(raw / count), 'perplexity a word, de-tokenized': math.exp(clean / words)}


def ptb(file):
    lines = file.removesuffix('\n').split('\n')[:asked.limit]
    text = ''
    for line in lines:
        line = line.strip().replace(" '", "'").replace(" n't", "n't")
        text += line.replace('$ N', '$N').replace('# N', '#N').replace('N %', 'N%') + '\n'
    loss, count = as_documents([text])
    words = sum(len(line.split()) + 1 for line in lines)
    return {'perplexity a token, de-tokenized': math.exp(loss / count),
            'perplexity a word, de-tokenized': math.exp(loss / words)}


def lambada(file):
    word_loss = token_loss = 0.0
    words = tokens = 0
    lines = file.removesuffix('\n').split('\n')[:asked.limit]
    for line in lines:
        parts = json.loads(line)['text'].split(' ')
        before, after = ' '.join(parts[:-1]), ' ' + parts[-1]
        kept = before.rstrip()
        before, after = kept, before[len(kept):] + after
        ids, start = encode(before + after), len(encode(before))
        found, best = scores(ids[:-1], ids[start:])
        word_loss -= found.sum().item()
        token_loss -= found[-1].item()
        words += bool(best.all())
        tokens += bool(best[-1])
    count = len(lines)
    return {'perplexity of the last word': math.exp(word_loss / count), 'accuracy, last word': words / count,
            'perplexity of the last token': math.exp(token_loss / count), 'accuracy, last token': tokens / count}


def text(file):
    ids = encode(file)
    loss, count = as_it_stands(ids)
    whole = loss / count * len(ids)
    return {'perplexity a token': math.exp(loss / count), 'perplexity a word': math.exp(whole / len(file.split())),
            'bits a byte': whole / len(file.encode()) / math.log(2)}


found = {}
with torch.no_grad():
    for name, measured in [('WikiText', wikitext), ('Penn Treebank', ptb), ('LAMBADA', lambada), ('text', text)]:
        path = vars(asked)[{'WikiText': 'wikitext', 'Penn Treebank': 'ptb', 'LAMBADA': 'lambada', 'text': 'text'}[name]]
        if path:
            found[name] = measured(open(path, encoding='utf-8', newline='').read())
print(json.dumps(found, indent=2))

if asked.report:
    for task in json.load(open(asked.report))['tasks']:
        for measure in task['measures']:
            expected, value = found[task['task']][measure['name']], measure['value']
            allowed = 1.0001 / 5153 if 'accuracy' in measure['name'] else 1e-4 * expected
            print(f"{task['task']}, {measure['name']}: {value:.6g} and {expected:.6g}", file=sys.stderr)
            if abs(value - expected) > allowed:
                sys.exit('they differ')
    print('they agree', file=sys.stderr)
