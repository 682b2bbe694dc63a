"""The pages of operators, in one place: health, exams and attempts, certificates, raters, people, standard setting. An edge;
rules and steps stand in the slices."""
