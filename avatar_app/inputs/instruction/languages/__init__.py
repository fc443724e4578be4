"""Instructions in other languages than English."""

LANGUAGES = "English, Spanish, French, German, Italian, Portuguese, Chinese, Japanese or Russian"
