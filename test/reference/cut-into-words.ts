// How WikiText was made: marks apart from words, those within words between @, lines in spaces.

export function cutIntoWords(text: string): string {
  return text
    .replace(/(?<=\p{L})-(?=\p{L})/gu, ' @-@ ')
    .replace(/(?<=\d)([,.])(?=\d)/g, ' @$1@ ')
    .replace(/(?<! @)([,.;:!?()[\]"])(?!@ )/g, ' $1 ')
    .split('\n')
    .map((line) => line.split(' ').filter((word) => word !== ''))
    .map((words) => (words.length === 0 ? '' : ` ${words.join(' ')} `))
    .join('\n')
    .replace(/^ /, '');
}
