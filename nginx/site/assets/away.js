// What is said instead of a page that nobody can make now, in the reader's language; and the page is asked for again.
import { speak } from "./i18n.js";

const LEAST_MS = 10000; // a crowd comes back over twice that

await speak("away.title");
setTimeout(() => location.reload(), LEAST_MS * (1 + Math.random()));
