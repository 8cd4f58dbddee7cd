# The figures in survival.json, made once with R 4.2.2 and its package survival 3.5-3:
#
#   Rscript survival.R > survival.json
#
# Data: leukaemia remission times in weeks (Freireich et al., Blood 21, 1963; as printed by Cox, JRSS B 34, 1972, and Kalbfleisch and
# Prentice, 1980): 6-MP and placebo. aml: acute myelogenous leukaemia, maintained and not (Miller, Survival Analysis,
# 1981; the data set aml of the package). competing, late and large are made here.
library(survival)
options(digits = 17)

num <- function(x) paste0("[", paste(ifelse(is.na(x), "null", format(x, digits = 17, scientific = TRUE, trim = TRUE)), collapse = ", "), "]")

# A Kaplan-Meier curve at the times at which somebody had the event.
km <- function(name, start, time, status) {
  s <- if (is.null(start)) Surv(time, status) else Surv(start, time, status)
  fit <- survfit(s ~ 1, conf.type = "log-log")
  at <- fit$n.event > 0
  q <- quantile(fit, c(0.5, 0.9))
  cat(sprintf('{"name": "%s", "method": "km",\n "start": %s, "time": %s, "status": %s,\n', name,
              if (is.null(start)) num(rep(0, length(time))) else num(start), num(time), num(status)))
  cat(sprintf(' "at": %s, "at_risk": %s, "events": %s,\n "share": %s, "std_error": %s,\n "low": %s, "high": %s,\n "median": %s, "p90": %s}',
              num(fit$time[at]), num(fit$n.risk[at]), num(fit$n.event[at]), num(1 - fit$surv[at]), num(fit$std.err[at] * fit$surv[at]),
              num(1 - fit$upper[at]), num(1 - fit$lower[at]),
              num(c(q$quantile[1], q$lower[1], q$upper[1])), num(c(q$quantile[2], q$lower[2], q$upper[2]))))
}

# With late entries survfit reports the infinitesimal jackknife. Greenwood's covariance of the state probabilities is the
# recursion of Andersen, Borgan, Gill and Keiding (1993, section IV.4): with the increments dA of the row of hazards,
# Cov(t) = (I + dA)' Cov(t-) (I + dA) + S(t-)^2 Cov(dA),  Cov(dA_k, dA_l) = ([k = l] n - d_k) d_l / n^3.
greenwood <- function(fit, start, time, status) {
  cov <- matrix(0, 4, 4); s <- 1
  j <- match(c("converted", "lost", "aside"), fit$states)
  for (i in seq_along(fit$time)) {
    now <- fit$time[i]
    n <- sum(start < now & time >= now)
    d <- sapply(1:3, function(k) sum(time == now & status == k))
    if (sum(d) > 0) {
      a <- diag(4); a[1, ] <- a[1, ] + c(-sum(d), d) / n
      da <- matrix(0, 4, 4); da[2:4, 2:4] <- (diag(3) * n - d) %*% diag(d) / n^3
      da[1, 2:4] <- -colSums(da[2:4, 2:4]); da[2:4, 1] <- da[1, 2:4]; da[1, 1] <- sum(da[2:4, 2:4])
      cov <- t(a) %*% cov %*% a + s^2 * da
      s <- s * (1 - sum(d) / n)
    }
    fit$std.err[i, j] <- sqrt(diag(cov)[2:4])
    p <- fit$pstate[i, j]
    w <- qnorm(0.975) * fit$std.err[i, j] / abs(p * log(p))
    fit$lower[i, j] <- ifelse(p > 0 & p < 1, exp(-exp(log(-log(p)) + w)), NA)
    fit$upper[i, j] <- ifelse(p > 0 & p < 1, exp(-exp(log(-log(p)) - w)), NA)
  }
  fit
}

# Cumulative incidences of the causes 1, 2 and 3 at all times at which somebody had an event; status 0 is censored.
aj <- function(name, start, time, status) {
  cause <- factor(status, 0:3, c("censored", "converted", "lost", "aside"))
  id <- seq_along(time)
  s <- if (is.null(start)) Surv(time, cause) else Surv(start, time, cause)
  fit <- survfit(s ~ 1, id = id, conf.type = "log-log")
  at <- rowSums(fit$n.event[, -1, drop = FALSE]) > 0
  if (!is.null(start)) fit <- greenwood(fit, start, time, status)
  cat(sprintf('{"name": "%s", "method": "aj",\n "start": %s, "time": %s, "status": %s,\n "at": %s, "at_risk": %s', name,
              if (is.null(start)) num(rep(0, length(time))) else num(start), num(time), num(status), num(fit$time[at]), num(fit$n.risk[at, 1])))
  for (k in 1:3) {
    j <- which(fit$states == c("converted", "lost", "aside")[k])
    cat(sprintf(',\n "share%d": %s, "std_error%d": %s, "low%d": %s, "high%d": %s', k, num(fit$pstate[at, j]), k, num(fit$std.err[at, j]),
                k, num(fit$lower[at, j]), k, num(fit$upper[at, j])))
  }
  cat("}")
}

mp <- c(6, 6, 6, 6, 7, 9, 10, 10, 11, 13, 16, 17, 19, 20, 22, 23, 25, 32, 32, 34, 35)
mp.event <- c(1, 1, 1, 0, 1, 0, 1, 0, 0, 1, 1, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0)
placebo <- c(1, 1, 2, 2, 3, 4, 4, 5, 5, 8, 8, 8, 8, 11, 11, 12, 12, 15, 17, 22, 23)

cat("[")
km("freireich 6-MP", NULL, mp, mp.event); cat(",\n")
km("freireich placebo", NULL, placebo, rep(1, 21)); cat(",\n")
km("aml maintained", NULL, aml$time[aml$x == "Maintained"], aml$status[aml$x == "Maintained"]); cat(",\n")
km("aml not maintained", NULL, aml$time[aml$x != "Maintained"], aml$status[aml$x != "Maintained"]); cat(",\n")

set.seed(1963)
n <- 60
competing <- ceiling(rexp(n, 1 / 20)); cause <- sample(0:3, n, TRUE, c(0.25, 0.4, 0.2, 0.15))
aj("competing", NULL, competing, cause); cat(",\n")
aj("competing without censoring", NULL, competing, pmax(cause, 1)); cat(",\n")
start <- pmax(0, floor(rexp(n, 1 / 8) - 3)); stop <- start + ceiling(rexp(n, 1 / 20))
km("late", start, stop, as.integer(cause == 1)); cat(",\n")
aj("late competing", start, stop, cause); cat(",\n")
n <- 400
large <- ceiling(rweibull(n, 0.7, 60)); cause <- sample(0:3, n, TRUE, c(0.5, 0.3, 0.1, 0.1))
km("large", NULL, large, as.integer(cause == 1)); cat(",\n")
aj("large competing", NULL, large, cause)
cat("]\n")
