/* Tiptap on a text field that holds a document as JSON. The editor itself comes from django-prose-editor, whose one
   module is Tiptap; this file chooses its parts, and gives it a toolbar that works with keyboard and screen reader. */
import {
  Blockquote, Bold, BulletList, Code, CodeBlock, Document, Dropcursor, Editor, Gapcursor, HardBreak, Heading, History,
  HorizontalRule, Italic, Link, ListItem, OrderedList, Paragraph, Strike, Text, Underline,
} from "../django_prose_editor/editor.js";

// The server's rule (lessons/documents/nodes.py): what it would refuse is not let in.
const MAY_LEAD_TO = /^(https?:\/\/|mailto:|\/(?![\/\\])|#)/i;
const mayLead = (href) => typeof href === "string" && href.length <= 2000 && !/[\s\p{Cc}]/u.test(href) && MAY_LEAD_TO.test(href);

// name, icon of Material Symbols, command, what is pressed then: [type, attributes]
const TOOLS = [
  ["Heading", "format_h2", (chain) => chain.toggleHeading({ level: 2 }), ["heading", { level: 2 }]],
  ["Subheading", "format_h3", (chain) => chain.toggleHeading({ level: 3 }), ["heading", { level: 3 }]],
  ["Bold", "format_bold", (chain) => chain.toggleBold(), ["bold"]],
  ["Italic", "format_italic", (chain) => chain.toggleItalic(), ["italic"]],
  ["Underline", "format_underlined", (chain) => chain.toggleUnderline(), ["underline"]],
  ["Strike through", "strikethrough_s", (chain) => chain.toggleStrike(), ["strike"]],
  ["Code", "code", (chain) => chain.toggleCode(), ["code"]],
  ["Link", "link", null, ["link"]],
  ["Bulleted list", "format_list_bulleted", (chain) => chain.toggleBulletList(), ["bulletList"]],
  ["Numbered list", "format_list_numbered", (chain) => chain.toggleOrderedList(), ["orderedList"]],
  ["Quote", "format_quote", (chain) => chain.toggleBlockquote(), ["blockquote"]],
  ["Code block", "code_blocks", (chain) => chain.toggleCodeBlock(), ["codeBlock"]],
  ["Divider", "horizontal_rule", (chain) => chain.setHorizontalRule(), null],
  ["Undo", "undo", (chain) => chain.undo(), null],
  ["Redo", "redo", (chain) => chain.redo(), null],
];

const element = (name, attributes = {}, ...children) => {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
};

const mount = (field) => {
  let content;
  try {
    content = JSON.parse(field.value);
  } catch (error) {
    return; // what was posted is no JSON: it stays in the field as it is, with the server's message
  }
  const place = field.closest("[data-tiptap-place]") || field.parentElement;
  const isReadOnly = "readOnly" in place.dataset;
  const surface = element("div", { class: "pr-tiptap-surface" });
  const box = element("div", { class: "pr-tiptap" }, surface);
  const problem = element("p", { class: "pr-error", role: "alert" });
  problem.hidden = true;

  let editor;
  try {
    editor = new Editor({
      element: surface,
      injectCSS: false,
      editable: !isReadOnly,
      enableContentCheck: true,
      content,
      extensions: [
        Document, Paragraph, Text, Heading, BulletList, OrderedList, ListItem, Blockquote, CodeBlock, Code,
        HorizontalRule, HardBreak, Bold, Italic, Strike, Underline, History, Dropcursor, Gapcursor,
        Link.configure({ openOnClick: false, enableTarget: false, isAllowedUri: mayLead }),
      ],
      editorProps: {
        attributes: { role: "textbox", "aria-multiline": "true", "aria-labelledby": "text-label", class: "pr-tiptap-text" },
      },
      onUpdate: ({ editor: now }) => {
        field.value = JSON.stringify(now.getJSON());
      },
    });
  } catch (error) {
    problem.textContent = "The editor cannot open this text. Correct the JSON below and save.";
    problem.hidden = false;
    place.before(problem);
    return;
  }

  if (!isReadOnly) box.prepend(...toolbar(editor));
  place.append(box);
  guard(editor, field);
  const label = document.querySelector(`label[for="${field.id}"]`);
  if (label) label.addEventListener("click", () => editor.commands.focus());
  field.hidden = true;
  field.setAttribute("aria-hidden", "true");
  field.tabIndex = -1;
  field.classList.add("pr-tiptap-source");
  place.dataset.ready = "";
};

// What was typed is not left without a question, and what a browser puts back into the field is seen in the editor.
const guard = (editor, field) => {
  const saved = field.defaultValue;
  const title = field.form.elements.title;
  let isSaving = false;
  field.form.addEventListener("submit", () => {
    isSaving = true;
  });
  window.addEventListener("beforeunload", (event) => {
    const isTyped = field.value !== saved || title.value !== title.defaultValue;
    if (!isSaving && isTyped) event.preventDefault();
  });
  window.addEventListener("pageshow", () => {
    isSaving = false;
    if (field.value !== saved && field.value !== JSON.stringify(editor.getJSON())) {
      try {
        editor.commands.setContent(JSON.parse(field.value));
      } catch (error) {
        field.value = JSON.stringify(editor.getJSON());
      }
    }
  });
};

const toolbar = (editor) => {
  const bar = element("div", { class: "pr-tiptap-bar", role: "toolbar", "aria-label": "Formatting" });
  const row = linkRow(editor);
  const buttons = TOOLS.map(([name, icon, command, pressed], place) => {
    const sign = element("span", { class: "material-symbols-outlined", "aria-hidden": "true" }, icon);
    const button = element("button", { type: "button", title: name, "aria-label": name, tabindex: place ? "-1" : "0" }, sign);
    if (pressed) button.setAttribute("aria-pressed", "false");
    button.addEventListener("click", () => (command ? command(editor.chain().focus()).run() : row.open()));
    bar.append(button);
    return { button, pressed };
  });

  // A click leaves the cursor where it is: what is typed right after it goes into the text.
  bar.addEventListener("mousedown", (event) => event.preventDefault());

  // One stop for the Tab key; arrows go from button to button.
  bar.addEventListener("keydown", (event) => {
    const all = [...bar.children];
    const now = all.indexOf(document.activeElement);
    const next = { ArrowRight: now + 1, ArrowLeft: now - 1, Home: 0, End: all.length - 1 }[event.key];
    if (next === undefined || now < 0) return;
    event.preventDefault();
    const chosen = all[(next + all.length) % all.length];
    for (const one of all) one.tabIndex = one === chosen ? 0 : -1;
    chosen.focus();
  });

  const show = () => {
    for (const { button, pressed } of buttons) {
      if (pressed) button.setAttribute("aria-pressed", String(editor.isActive(...pressed)));
    }
  };
  editor.on("transaction", show);
  show();
  return [bar, row.element];
};

// Where the address of a link is typed.
const linkRow = (editor) => {
  const input = element("input", { type: "text", class: "pr-input", "aria-label": "Address of the link", placeholder: "https://" });
  const apply = element("button", { type: "button", class: "pr-button pr-primary pr-little" }, "Set link");
  const remove = element("button", { type: "button", class: "pr-button pr-little" }, "Remove link");
  const wrong = element("span", { class: "pr-error", role: "alert" });
  const row = element("div", { class: "pr-tiptap-link" }, input, apply, remove, wrong);
  row.hidden = true;

  const close = () => {
    row.hidden = true;
    wrong.textContent = "";
    editor.commands.focus();
  };
  const set = () => {
    const href = input.value.trim();
    if (!mayLead(href)) {
      wrong.textContent = "Begin with https://, http://, mailto:, / or #, without blanks.";
      return;
    }
    editor.chain().focus().extendMarkRange("link").setLink({ href }).run();
    close();
  };
  apply.addEventListener("click", set);
  remove.addEventListener("click", () => {
    editor.chain().focus().extendMarkRange("link").unsetLink().run();
    close();
  });
  input.addEventListener("keydown", (event) => {
    if (event.key === "Enter") {
      event.preventDefault();
      set();
    } else if (event.key === "Escape") {
      close();
    }
  });
  return {
    element: row,
    open: () => {
      row.hidden = false;
      input.value = editor.getAttributes("link").href || "";
      input.focus();
    },
  };
};

for (const field of document.querySelectorAll("textarea[data-tiptap]")) mount(field);
