// WikiText and the Penn Treebank come cut into words, with spaces where no text has any. GPT-2 reads
// texts, so the paper undid that ("invertible de-tokenizers") and counted perplexity by the words of the
// file all the same. It does not list its rules; these are those that people use who repeat it, which
// come to 37.37 where the paper has 37.50 (WikiText-103, smallest model).

interface Rule {
  readonly from: RegExp;
  readonly to: string;
}

/** In this order. */
const wikitextRules: readonly Rule[] = [
  // The apostrophe of a plural: players ' names.
  { from: /s '/g, to: "s'" },
  // Marks within a word or number, which the data set writes between @ to tell them from others.
  { from: / @-@ /g, to: '-' },
  { from: / @,@ /g, to: ',' },
  { from: / @\.@ /g, to: '.' },
  // Marks that stand at the word before.
  { from: / ([:;]) /g, to: '$1 ' },
  { from: / \. /g, to: '. ' },
  { from: / ! /g, to: '! ' },
  { from: / \? /g, to: '? ' },
  { from: / , /g, to: ', ' },
  // What stands in pairs has no spaces inside. Which of two equal marks opens is a matter of counting.
  { from: /\(\s*([^)]*?)\s*\)/g, to: '($1)' },
  { from: /\[\s*([^\]]*?)\s*\]/g, to: '[$1]' },
  { from: /\{\s*([^}]*?)\s*\}/g, to: '{$1}' },
  { from: /"\s*([^"]*?)\s*"/g, to: '"$1"' },
  { from: /'\s*([^']*?)\s*'/g, to: "'$1'" },
  // Headings of the second and third rank.
  { from: /= = = =/g, to: '====' },
  { from: /= = =/g, to: '===' },
  { from: /= =/g, to: '==' },
  // Degrees stand at their number.
  { from: / ° /g, to: '°' },
  // Each line begins and ends with a space.
  { from: / \n/g, to: '\n' },
  { from: /\n /g, to: '\n' },
  // The genitive.
  { from: / 's/g, to: "'s" },
];

/** In this order. `<unk>` and `N`, which stand for rare words and for numbers, stay as they are. */
const treebankRules: readonly Rule[] = [
  // Short forms, and the genitive: it 's, companies ' .
  { from: / '/g, to: "'" },
  { from: / n't/g, to: "n't" },
  // Signs of currencies and of shares stand at their number.
  { from: /([$#]) N/g, to: '$1N' },
  { from: /N %/g, to: 'N%' },
];

export function detokenizeWikitext(text: string): string {
  return applied(wikitextRules, text);
}

/** `text`: of lines without a space at either end. */
export function detokenizeTreebank(text: string): string {
  return applied(treebankRules, text);
}

function applied(rules: readonly Rule[], text: string): string {
  return rules.reduce((changed, { from, to }) => changed.replace(from, to), text);
}
