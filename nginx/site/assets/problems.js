// /problems/not-found shows the line of that problem.
document.getElementById(location.pathname.split("/")[2])?.scrollIntoView();
