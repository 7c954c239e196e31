/** Calls `onFile` with each picture that is chosen, dropped anywhere on the page, or pasted. */
export function watchIncoming(chooser, onFile) {
  const first = (files) => files.length > 0 && onFile(files[0]);
  chooser.addEventListener("change", () => {
    first(chooser.files);
    // The same file can be chosen again.
    chooser.value = "";
  });
  document.addEventListener("dragover", (event) => event.preventDefault());
  document.addEventListener("drop", (event) => {
    event.preventDefault();
    first(event.dataTransfer.files);
  });
  document.addEventListener("paste", (event) => first(event.clipboardData.files));
}
