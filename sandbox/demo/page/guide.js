// "What to try": the features of the demo, each with the steps that show it.

/** Make the button open the list, and the list close. */
export function start() {
  const dialog = document.getElementById('guide');
  document.getElementById('what-to-try').addEventListener('click', () => dialog.showModal());
  for (const button of dialog.querySelectorAll('[data-close]')) {
    button.addEventListener('click', () => dialog.close());
  }
}
