// Block Kit as elements. `use(action, value)` is what becomes of a click.
import { el, icon } from "/page/dom.js";
import { world } from "/page/live.js";
import { confirmed, openMenu } from "/page/menu.js";
import { markdown, textObject } from "/page/text.js";

/** Return the elements for some blocks. */
export function blocks(list, use, errors = {}) {
  return list.map((block) => {
    const node = blockOf(block, use, errors);
    node.dataset.block = block.block_id;
    return node;
  });
}

function blockOf(block, use, errors) {
  switch (block.type) {
    case "header":
      return el("h3", { class: "b-header" }, textObject(block.text));
    case "section":
      return section(block, use);
    case "context":
      return el("div", { class: "b-context" }, block.elements.map((one) => el("div", {}, one.type === "image" ? one.alt_text : textObject(one))));
    case "actions":
      return el("div", { class: "b-actions" }, block.elements.map((one) => element(one, use)));
    case "context_actions":
      return el("div", { class: "b-actions is-quiet" }, block.elements.flatMap((one) => quiet(one, use)));
    case "divider":
      return el("hr", { class: "b-divider" });
    case "markdown":
      return el("div", { class: "b-section words" }, markdown(block.text));
    case "input":
      return input(block, errors[block.block_id]);
    case "image":
      return el("p", { class: "b-context" }, `Picture: ${block.alt_text}`);
    default:
      return el("p", { class: "b-context" }, `(a block of type ${block.type})`);
  }
}

function section(block, use) {
  const body = el("div", { class: "words" }, textObject(block.text));
  if (block.fields) {
    body.append(el("div", { class: "b-fields" }, block.fields.map((field) => el("div", {}, textObject(field)))));
  }
  return el("div", { class: "b-section" }, body, block.accessory ? element(block.accessory, use) : null);
}

function element(one, use) {
  switch (one.type) {
    case "button":
      return button(one, use);
    case "overflow":
      return overflow(one, use);
    case "static_select":
    case "users_select":
    case "radio_buttons": {
      const select = selectOf(one);
      select.setAttribute("aria-label", one.placeholder?.text ?? "Choose");
      select.addEventListener("change", () => use(one.action_id, select.value));
      return select;
    }
    case "image":
      return el("span", { class: "b-context" }, one.alt_text);
    default:
      return el("span", { class: "b-context" }, `(${one.type})`);
  }
}

function button(one, use) {
  const style = { primary: "button is-primary", danger: "button is-danger" }[one.style] ?? "button";
  const press = async () => {
    if (node.getAttribute("aria-busy") === "true") return;
    if (one.confirm && !(await confirmed({ style: one.style, ...one.confirm }))) return;
    if (/^https?:\/\//i.test(one.url ?? "")) window.open(one.url, "_blank", "noopener,noreferrer");
    // Not disabled: it would lose the focus, which a modal gives back to it.
    node.setAttribute("aria-busy", "true");
    await use(one.action_id, one.value ?? "");
    node.removeAttribute("aria-busy");
  };
  const node = el("button", { type: "button", class: style, "aria-label": one.accessibility_label, dataset: { action: one.action_id }, onclick: press }, textObject(one.text));
  return node;
}

function overflow(one, use) {
  const entries = one.options.map((option) => ({ label: option.text.text, act: () => use(one.action_id, option.value) }));
  const node = el(
    "button",
    {
      type: "button", class: "button is-square", "aria-label": "More", "aria-haspopup": "menu", "aria-expanded": "false",
      dataset: { action: one.action_id }, onclick: () => openMenu(node, entries, { label: "More" }),
    },
    icon("dots"),
  );
  return node;
}

function quiet(one, use) {
  if (one.type !== "feedback_buttons") return element(one, use);
  return [one.positive_button, one.negative_button].map((way) =>
    el("button", { type: "button", class: "button is-quiet", onclick: () => use(one.action_id, way.value) }, textObject(way.text)),
  );
}

/** Return the label and field of an input; `data-field` names its block. */
function input(block, error) {
  const id = `field-${block.block_id}`;
  const field = fieldOf(block.element);
  field.id = id;
  field.dataset.field = block.block_id;
  field.dataset.action = block.element.action_id;
  field.toggleAttribute("required", !block.optional);
  const label = el("label", { for: id }, textObject(block.label), block.optional ? el("small", {}, " (optional)") : null);
  const hint = block.hint ? el("small", { class: "hint" }, textObject(block.hint)) : null;
  const trouble = el("p", { class: "trouble", id: `${id}-trouble` }, error ?? "");
  field.setAttribute("aria-describedby", trouble.id);
  if (error) field.setAttribute("aria-invalid", "true");
  return el("div", { class: "b-input" }, label, field, hint, trouble);
}

function fieldOf(one) {
  if (["static_select", "users_select", "radio_buttons"].includes(one.type)) return selectOf(one);
  const limits = { minlength: one.min_length, maxlength: one.max_length ?? 3000, placeholder: one.placeholder?.text };
  if (one.multiline) {
    const area = el("textarea", { rows: "5", ...limits });
    area.value = one.initial_value ?? "";
    return area;
  }
  const kind = { datepicker: "date", email_text_input: "email", url_text_input: "url", number_input: "number" }[one.type];
  const field = el("input", { type: kind ?? "text", autocomplete: "off", ...limits });
  field.value = one.initial_value ?? one.initial_date ?? "";
  return field;
}

function selectOf(one) {
  const people = Object.values(world().users).filter((user) => !user.isBot);
  const options = one.type === "users_select" ? people.map((user) => ({ text: user.name, value: user.id })) : one.options.map((option) => ({ text: option.text.text, value: option.value }));
  const select = el(
    "select", {},
    el("option", { value: "" }, one.placeholder?.text ?? "Choose…"),
    options.map((option) => el("option", { value: option.value }, option.text)),
  );
  select.value = one.initial_option?.value ?? one.initial_user ?? "";
  return select;
}
