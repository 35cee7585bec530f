import { autocompletion, closeBrackets, closeBracketsKeymap, type CompletionSource } from '@codemirror/autocomplete';
import { defaultKeymap, history, historyKeymap } from '@codemirror/commands';
import { setDiagnostics } from '@codemirror/lint';
import { Compartment, EditorState, type Extension } from '@codemirror/state';
import {
  Decoration,
  drawSelection,
  EditorView,
  keymap,
  lineNumbers,
  MatchDecorator,
  ViewPlugin,
  type DecorationSet,
  type ViewUpdate,
} from '@codemirror/view';
import { useEffect, useRef, type ReactElement } from 'react';
import { harmless } from '../../text/harmless.ts';
import { texts } from '../../texts.ts';
import type { QueryPosition } from './refusal.ts';
import { partsOf, suggestionsAt, type QueryLanguage } from './language.ts';

/** Colours by kind of word. */
const highlighting = (language: QueryLanguage): Extension => {
  const marks = new MatchDecorator({
    regexp: partsOf(language),
    decoration: ({ groups = {} }) => {
      const kind = Object.keys(groups).find((name) => groups[name] !== undefined);
      return Decoration.mark({ class: `cm-${kind ?? 'plain'}` });
    },
  });
  return ViewPlugin.fromClass(
    class {
      decorations: DecorationSet;
      constructor(view: EditorView) {
        this.decorations = marks.createDeco(view);
      }
      update(update: ViewUpdate): void {
        this.decorations = marks.updateDeco(update, this.decorations);
      }
    },
    { decorations: ({ decorations }) => decorations },
  );
};

const look = EditorView.theme({
  '&': { fontSize: '1rem', backgroundColor: 'var(--surface)', color: 'var(--text)' },
  '&.cm-focused': { outline: 'none' },
  '.cm-scroller': { fontFamily: 'var(--mono)', lineHeight: '1.55', maxHeight: '24rem' },
  '.cm-content, .cm-gutter': { minHeight: '7.5rem' },
  '.cm-content': { padding: '0.6rem 0', caretColor: 'var(--accent)' },
  '.cm-cursor': { borderLeftColor: 'var(--accent)', borderLeftWidth: '2px' },
  '.cm-gutters': { backgroundColor: 'var(--surface-sunken)', color: 'var(--text-muted)', border: 'none' },
  '&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground': {
    background: 'var(--current)',
  },
  '.cm-comment': { color: 'var(--text-muted)', fontStyle: 'italic' },
  '.cm-text': { color: 'var(--high)' },
  '.cm-number': { color: 'var(--medium)' },
  '.cm-keyword': { color: 'var(--accent)', fontWeight: '600' },
  '.cm-call': { color: 'var(--undetermined)' },
  '.cm-lintRange-error': {
    backgroundImage: 'none',
    textDecoration: 'underline wavy var(--unhealthy)',
    textUnderlineOffset: '0.25em',
  },
  '.cm-tooltip': {
    border: '1px solid var(--line-strong)',
    borderRadius: '6px',
    backgroundColor: 'var(--surface-raised)',
    color: 'var(--text)',
    boxShadow: 'var(--shadow-high)',
  },
  '.cm-tooltip.cm-tooltip-autocomplete > ul': { fontFamily: 'var(--mono)', maxHeight: '14rem' },
  '.cm-tooltip.cm-tooltip-autocomplete > ul > li': { padding: '0.2rem 0.6rem' },
  '.cm-tooltip-autocomplete ul li[aria-selected]': { background: 'var(--accent-ground)', color: 'var(--accent-text)' },
  '.cm-diagnostic-error': { borderLeft: '3px solid var(--unhealthy)' },
});

const completing =
  (language: QueryLanguage): CompletionSource =>
  ({ state, pos, explicit }) => {
    const found = suggestionsAt(state.sliceDoc(0, pos), language);
    if (!found || (!explicit && found.from === pos)) return null;
    return {
      from: found.from,
      options: found.options.map(({ label, kind, detail }) => ({
        label: harmless(label),
        type: kind,
        ...(detail === undefined ? {} : { detail }),
      })),
      validFor: /^[\w./-]*$/,
    };
  };

/** Everything in the editor that depends on the words of the service. */
const spoken = (language: QueryLanguage | undefined): Extension =>
  language === undefined
    ? []
    : [highlighting(language), autocompletion({ override: [completing(language)], icons: false })];

const words = texts.query;

const vocabulary = new Compartment();
const validity = new Compartment();

/**
 * The editor of a query, in a shadow root: there it may have its own styles, which the policy of the page refuses
 * elsewhere.
 */
const Editor = ({
  text,
  change,
  run,
  error,
  language,
}: {
  /** Replaces the text of the editor when it becomes another. */
  readonly text: string;
  readonly change: (text: string) => void;
  readonly run: () => void;
  readonly error: { readonly message: string; readonly position: QueryPosition } | undefined;
  /** Undefined until the service has answered: then nothing is completed. */
  readonly language: QueryLanguage | undefined;
}): ReactElement => {
  const host = useRef<HTMLDivElement>(null);
  const view = useRef<EditorView>(undefined);
  const initial = useRef(text);
  const first = useRef(language);
  const calls = useRef({ change, run });
  useEffect(() => {
    calls.current = { change, run };
  });
  useEffect(() => {
    const element = host.current;
    if (!element) return undefined;
    const root = element.shadowRoot ?? element.attachShadow({ mode: 'open' });
    const extensions: Extension[] = [
      keymap.of([
        {
          key: 'Mod-Enter',
          run: () => {
            calls.current.run();
            return true;
          },
        },
      ]),
      history(),
      drawSelection(),
      lineNumbers(),
      closeBrackets(),
      vocabulary.of(spoken(first.current)),
      // Tab leaves the editor, as it leaves every other field.
      keymap.of([...closeBracketsKeymap, ...defaultKeymap, ...historyKeymap]),
      EditorView.lineWrapping,
      EditorView.contentAttributes.of({ 'aria-label': words.editor }),
      validity.of([]),
      EditorView.updateListener.of(({ docChanged, state }) => {
        if (docChanged) calls.current.change(state.doc.toString());
      }),
      look,
    ];
    const made = new EditorView({
      state: EditorState.create({ doc: initial.current, extensions }),
      parent: root,
      root,
    });
    view.current = made;
    return () => {
      made.destroy();
      view.current = undefined;
    };
  }, []);
  useEffect(() => {
    view.current?.dispatch({ effects: vocabulary.reconfigure(spoken(language)) });
  }, [language]);
  useEffect(() => {
    const { current } = view;
    if (current && current.state.doc.toString() !== text)
      current.dispatch({ changes: { from: 0, to: current.state.doc.length, insert: text } });
  }, [text]);
  useEffect(() => {
    const { current } = view;
    if (!current) return;
    const { doc } = current.state;
    const { position, message } = error ?? {};
    const line = position && position.line <= doc.lines ? doc.line(position.line) : undefined;
    const from = line === undefined ? 0 : Math.min(line.to, line.from + (position?.column ?? 0));
    const to = line === undefined ? 0 : Math.min(line.to, from + Math.max(1, position?.token.length ?? 1));
    current.dispatch(
      setDiagnostics(
        current.state,
        line === undefined ? [] : [{ from, to, severity: 'error', message: message ?? '' }],
      ),
    );
    current.dispatch({
      effects: validity.reconfigure(
        error === undefined ? [] : EditorView.contentAttributes.of({ 'aria-invalid': 'true' }),
      ),
    });
  }, [error]);
  // Keys that are pressed in it are typed: the name keeps the shortcuts of the page away.
  return <div ref={host} className="cm-editor" />;
};
export default Editor;
