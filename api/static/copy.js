// Puts a button beside each text that is there to be copied.

export function offerCopies(root = document) {
  for (const block of root.querySelectorAll(".copy")) {
    if (block.querySelector("button")) continue;
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = "Copy";
    button.addEventListener("click", async () => {
      const text = block.querySelector("pre");
      // Only pages from this machine or over TLS may write to the clipboard: elsewhere the text is marked.
      if (navigator.clipboard) await navigator.clipboard.writeText(text.textContent);
      else getSelection().selectAllChildren(text);
      button.textContent = navigator.clipboard ? "Copied" : "Marked: press Ctrl+C";
      setTimeout(() => { button.textContent = "Copy"; }, 2000);
    });
    block.prepend(button);
  }
}

offerCopies();
