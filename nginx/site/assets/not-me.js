// Links in letters end here: /not-me#TOKEN.
import { post } from "./api.js";
import { onClick } from "./click.js";
import { takeLink } from "./own.js";

const { token } = takeLink();

onClick("disavow", token !== "", () => post("/disavowals", { token }),
  "Thank you. The signature is taken out, and you get no more letters about it.");
