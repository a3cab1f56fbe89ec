"""The names of documents' timers. ``timers.py`` says what arms them and what they ask for."""

REINVITE = "reinvite"
PICKUP_REMINDER = "pickup-reminder"
PICKUP_OVER = "pickup-over"
OVERDUE = "overdue"
LOCKER_RETURN = "locker-return"
ORDER_LATE = "order-late"
CASE_ERASURE = "case-erasure"
