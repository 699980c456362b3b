// What is said where there is nothing, in the reader's language.
import { speak } from "./i18n.js";

speak("404.title");
