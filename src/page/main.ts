// The page, put together.

import { copyButton } from './copy-button.ts';
import { byId } from './element.ts';
import { EngineStrip } from './engine-strip.ts';
import { KeyForm } from './key-form.ts';
import { startLegend } from './legend.ts';
import { PromptField } from './prompt-field.ts';
import { Server } from './server.ts';
import { toQuery } from './settings.ts';
import { SettingsForm } from './settings-form.ts';
import { startTheme } from './theme.ts';
import { Trouble } from './trouble.ts';
import { Vocabulary } from './vocabulary.ts';
import { Workbench } from './workbench.ts';

startTheme();
startLegend();
const prompt = new PromptField();
const settings = new SettingsForm();
const keyForm = new KeyForm(() => void start());
const server = new Server(document.baseURI, () => keyForm.key);
const vocabulary = new Vocabulary((ids) => server.namesOf(ids));
const strip = new EngineStrip(() => server.metrics());
let endOfText: number | null = null;
let contextLength = Number.POSITIVE_INFINITY;
const workbench = new Workbench({
  server,
  vocabulary,
  prompt,
  settings,
  isEndOfText: (id) => id === endOfText,
  contextLength: () => contextLength,
  askForKey: (sentence) => keyForm.ask(sentence),
});

async function start(): Promise<void> {
  try {
    const model = await server.model();
    byId('model').textContent = model.id;
    contextLength = model.max_model_len;
    document.title = `${model.id} · Kvasir`;
    endOfText = await server.endOfText();
  } catch (error) {
    if (!(error instanceof Trouble)) throw error;
    if (error.kind === 'key') {
      keyForm.ask(error.message);
      return;
    }
    prompt.complain(error.message);
  }
  strip.start();
}

byId('settings-actions').append(
  copyButton('Copy a link', { class: 'quiet' }, () => {
    const query = new URLSearchParams(toQuery(settings.values));
    query.set('prompt', prompt.text);
    return new URL(`#${query}`, document.baseURI).href;
  }),
);
if (/Mac|iP/.test(navigator.platform)) byId('generate-keys').textContent = '⌘ ↵';
byId('compose').addEventListener('submit', (event) => {
  event.preventDefault();
  void workbench.generate();
});
byId('stop').addEventListener('click', () => workbench.stop());
byId('score').addEventListener('click', () => void workbench.score());
addEventListener('keydown', (event) => {
  if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) {
    event.preventDefault();
    void workbench.generate();
  } else if (event.key === 'Escape') workbench.escape();
});

void start();
