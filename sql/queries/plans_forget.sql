-- Statements and functions of this session are planned anew when they run next.
DISCARD PLANS
