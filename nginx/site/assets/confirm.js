// Links in letters end here: /c#TOKEN.
import { post } from "./api.js";
import { onClick } from "./click.js";

const token = location.hash.slice(1);
// Out of the address bar and the history.
history.replaceState(null, "", location.pathname);

onClick("confirm", token !== "", () => post("/confirmations", { token }),
  "Thank you. Your signature is confirmed.");
