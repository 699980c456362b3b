// For the scripts of nginx/site/.
import js from "@eslint/js";
import globals from "globals";

export default [
  js.configs.recommended,
  {
    languageOptions: { ecmaVersion: 2022, sourceType: "module", globals: globals.browser },
    rules: {
      "no-unused-vars": ["error", { argsIgnorePattern: "^_", varsIgnorePattern: "^_" }],
      "no-implied-eval": "error",
      "no-new-func": "error",
      "no-eval": "error",
      "no-alert": "error",
      "no-console": "error",
      "no-var": "error",
      "prefer-const": "error",
      "eqeqeq": "error",
      "complexity": ["error", 16],
      "max-depth": ["error", 3],
      "max-lines-per-function": ["error", 60],
      "max-len": ["error", { code: 160, ignorePattern: "^const codes = " }],
      // What makes mark-up of text; Trusted Types would refuse it, too.
      "no-restricted-properties": ["error", ...["innerHTML", "outerHTML", "insertAdjacentHTML", "write", "cookie"].map((property) => ({ property }))],
    },
  },
];
