"""lint.mjs for those who have the HTML of letters in hand."""
import os
import subprocess
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
MODULES = os.path.join(HERE, "../../build/node/node_modules/@jsx-email")


def faults(pages):
    """What is wrong with these letters, name -> HTML; nothing where nothing of npm is there, which is told."""
    if not os.path.isdir(MODULES):
        print("SKIPPED the linters of letters: nothing of npm is there (deploy/dev/deps node)")
        return []
    with tempfile.TemporaryDirectory() as folder:
        for name, html in pages.items():
            with open(os.path.join(folder, f"{name}.html"), "w", encoding="utf-8") as file:
                file.write(html)
        names = [f"{name}.html" for name in pages]
        done = subprocess.run(["node", os.path.join(HERE, "lint.mjs"), *names], cwd=folder, capture_output=True, text=True, timeout=120)
        assert done.returncode in (0, 1) and not done.stderr, done.stderr
        return done.stdout.splitlines()
