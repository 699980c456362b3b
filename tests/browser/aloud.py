"""What a screen reader is told, in its order: Chromium's own tree of roles and names."""

# What is said of each is told by what is in it, or is not told at all.
SILENT = {"none", "generic", "StaticText", "InlineTextBox", "ListMarker", "paragraph", "LineBreak", "RootWebArea", "LabelText", "emphasis", "strong",
          "MenuListPopup", "option", "article", "listitem", "SvgRoot", "time", "DescriptionListTerm", "DescriptionListDetail"}  # fmt: skip
WORKED = {"button", "link", "textbox", "combobox", "checkbox", "radio", "searchbox", "ColorWell"}  # by somebody's hand


def tree(page):
    """Nodes {role, name, description, level, invalid, required, focusable, within}; `within`: roles around it."""
    nodes = page.driver.execute_cdp_cmd("Accessibility.getFullAXTree", {})["nodes"]
    by_id = {node["nodeId"]: node for node in nodes}
    children = {child for node in nodes for child in node.get("childIds", [])}
    found = []

    def visit(node, within):
        role = node.get("role", {}).get("value", "none")
        if not node.get("ignored"):
            told = {one["name"]: one["value"].get("value") for one in node.get("properties", [])}
            texts = {name: node.get(name, {}).get("value") or "" for name in ("name", "description")}
            found.append({"role": role, "within": within, **texts, **told})
        for child in node.get("childIds", []):
            if child in by_id:
                visit(by_id[child], (*within, role))

    for node in nodes:
        if node["nodeId"] not in children:
            visit(node, ())
    return found


def lines(page):
    """`role: name`, in order."""
    return [f"{node['role']}: {node['name']}".strip() for node in tree(page) if node["role"] not in SILENT]


def faults(page):
    """What would leave somebody lost who only hears the page as it is."""
    nodes, wrong = tree(page), []
    levels = [int(node["level"]) for node in nodes if node["role"] == "heading"]
    if levels.count(1) != 1:
        wrong.append(f"{levels.count(1)} headings of the first level")
    wrong += [f"a heading of level {b} after one of {a}" for a, b in zip(levels, levels[1:]) if b > a + 1]
    for node in nodes:
        if node["role"] in WORKED and not node["name"].strip():
            wrong.append(f"a {node['role']} without a name")
        if node["role"] == "heading" and not node["name"].strip():
            wrong.append("a heading without words")
        # A box that has to be ticked is told as wrong by the browser itself, and by its own words when one goes on.
        if node.get("invalid") == "true" and node["role"] != "checkbox" and not node["description"].strip():
            wrong.append(f"what is wrong with {node['name']} is not told beside it")
    return wrong
