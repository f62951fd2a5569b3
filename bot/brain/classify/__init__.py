"""Values for fields from past tickets: learned by word, held to what came true."""
