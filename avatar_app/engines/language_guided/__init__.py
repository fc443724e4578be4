"""Language-Guided Face Animation (Hang et al. 2022, arXiv 2208.05617): a sentence moves a face within StyleGAN2."""
