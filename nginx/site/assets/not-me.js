// Links in letters end here: /not-me#TOKEN.
import { post } from "./api.js";
import { onClick } from "./click.js";
import { speak } from "./i18n.js";
import { takeLink } from "./own.js";

const { token } = takeLink({ stays: true });
const texts = await speak("notme.title");

onClick("disavow", { texts, ready: token !== "", send: () => post("/disavowals", { token }), done: "notme.done" });
