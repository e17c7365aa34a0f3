"""Training of Dragoman's starter translation model: corpus in, CTranslate2 directory out."""
