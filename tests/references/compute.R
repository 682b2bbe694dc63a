# Computes the reference numbers of the simulated answers with packages of R, for tests/references/numbers/r.json:
#   Rscript tests/references/compute.R FOLDER
# FOLDER holds the unpacked sources ltm, CTT, betafunctions, difR and catR (all of plain R); only their functions are read.
suppressPackageStartupMessages({library(MASS); library(jsonlite)})
packages <- commandArgs(trailingOnly = TRUE)[1]
use <- function(name, pattern = "[.][Rr]$") {
  for (file in list.files(file.path(packages, name, "R"), pattern, full.names = TRUE)) sys.source(file, envir = globalenv())
  own <- file.path(packages, name, "R", "sysdata.rda")
  if (file.exists(own)) load(own, envir = globalenv())
  paste(name, read.dcf(file.path(packages, name, "DESCRIPTION"))[, "Version"])
}
data <- function(name) read.csv(file.path("tests/references/simulated", name))
key <- function(name) fromJSON(file.path("tests/references/simulated", name))
two_parameters <- function(answers) {
  fit <- ltm(answers ~ z1, control = list(GHk = 61, iter.em = 200, iter.qN = 500))
  found <- coef(fit)
  list(a = unname(found[, 2]), b = unname(found[, 1]), logLik = as.numeric(fit$log.Lik))
}

used <- use("ltm")
options <- data("options_test.csv")
right <- 1 * (t(t(as.matrix(options)) == key("options_test_key.json")))
levels <- data("partial_credit.csv")
groups <- data("two_groups.csv")
partial <- gpcm(levels, constraint = "gpcm", control = list(GHk = 61, iter.qN = 500))
ltm_values <- list(
  options_test = two_parameters(right),
  two_groups = two_parameters(as.matrix(groups[, 1:24])),
  partial_credit = list(coef = unname(as.matrix(coef(partial))), logLik = as.numeric(partial$log.Lik))
)
r_item_rest <- sapply(1:32, function(i) cor(right[, i], rowSums(right[, -i])))
alpha <- cronbach.alpha(right)$alpha
without <- sapply(1:32, function(i) cronbach.alpha(right[, -i])$alpha)
options_statistics <- list(r_item_rest = r_item_rest, alpha = alpha, alpha_if_deleted = without)

used <- c(used, use("CTT"))
letters <- data("letters_test.csv")
letters_key <- key("letters_test_key.json")
scored <- as.data.frame(1 * t(t(as.matrix(letters)) == letters_key))
analysis <- itemAnalysis(scored)
tables <- distractorAnalysis(letters, letters_key)
letters_values <- list(alpha = analysis$alpha, scaleSD = analysis$scaleSD,
  report = as.list(analysis$itemReport[c("itemName", "itemMean", "pBis", "alphaIfDeleted")]),
  distractor = lapply(tables, function(table) as.list(table[c("correct", "key", "n", "rspP", "pBis", "discrim")])))

used <- c(used, use("betafunctions"))
decisions <- list()
for (cut in c(14, 16, 18, 20, 22)) {
  found <- LL.CA(x = rowSums(right), reliability = alpha, cut = cut, min = 0, max = 32)
  decisions[[paste0("cut", cut)]] <- list(alpha = alpha, par = found$parameters, accuracy = found$classification.accuracy,
    consistency = found$classification.consistency)
}

used <- c(used, use("difR", "^mantelHaenszel[.]R$"))
answers <- as.matrix(groups[, 1:24])
mh <- mantelHaenszel(answers, groups$group, correct = TRUE)
dif <- list(MH = mh$resMH, alphaMH = mh$resAlpha, varLambda = mh$varLambda, deltaMH = -2.35 * log(mh$resAlpha))

used <- c(used, use("catR"))
bank <- as.matrix(data("four_parameter_bank.csv"))
plain <- bank
plain[, 3] <- 0
plain[, 4] <- 1
chosen <- c(3, 10, 25, 40, 55, 60, 71, 80)
given <- c(1, 1, 1, 0, 1, 0, 1, 0)
estimates <- list()
for (method in c("ML", "EAP")) {
  theta <- thetaEst(plain[chosen, ], given, method = method)
  estimates[[method]] <- list(theta = theta, se = semTheta(theta, plain[chosen, ], given, method = method))
}
adaptive <- list(fisher_info_4PL = list(), items = chosen, answers = given, estimates = estimates)
for (theta in c(-2, -1, 0, 1, 2)) adaptive$fisher_info_4PL[[paste0("theta_", theta)]] <- Ii(theta, bank)$Ii

write_json(list(
  how = paste0(R.version.string, "; ", paste(used, collapse = ", "), "; Rscript tests/references/compute.R"),
  ltm = ltm_values, options_test = options_statistics, letters_test = letters_values, livingston_lewis = decisions,
  two_groups = dif, adaptive = adaptive
), "tests/references/numbers/r.json", digits = 10, auto_unbox = TRUE, pretty = 1)
