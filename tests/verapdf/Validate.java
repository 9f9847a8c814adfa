import java.io.File;
import java.util.LinkedHashSet;
import java.util.Set;
import org.verapdf.gf.foundry.VeraGreenfieldFoundryProvider;
import org.verapdf.pdfa.Foundries;
import org.verapdf.pdfa.PDFAParser;
import org.verapdf.pdfa.PDFAValidator;
import org.verapdf.pdfa.VeraPDFFoundry;
import org.verapdf.pdfa.flavours.PDFAFlavour;
import org.verapdf.pdfa.results.TestAssertion;
import org.verapdf.pdfa.results.ValidationResult;

/** Prints one line a failed rule: flavour, clause, message; then "flavour done N" with the number of checks. */
public final class Validate {
    public static void main(String[] args) throws Exception {
        VeraGreenfieldFoundryProvider.initialise();
        VeraPDFFoundry foundry = Foundries.defaultInstance();
        for (int i = 1; i < args.length; i++) {
            PDFAFlavour flavour = PDFAFlavour.fromString(args[i]);
            try (PDFAParser parser = foundry.createParser(new File(args[0]), flavour);
                    PDFAValidator validator = foundry.createValidator(flavour, false)) {
                ValidationResult result = validator.validate(parser);
                Set<String> lines = new LinkedHashSet<>();
                for (TestAssertion failure : result.getTestAssertions()) {
                    lines.add(args[i] + "\t" + failure.getRuleId().getClause() + "-"
                            + failure.getRuleId().getTestNumber() + "\t"
                            + failure.getMessage().replaceAll("\\s+", " ") + " @ "
                            + failure.getLocation().getContext());
                }
                if (!result.isCompliant() && lines.isEmpty()) {
                    lines.add(args[i] + "\t?\tnot compliant, no failure named");
                }
                lines.forEach(System.out::println);
                System.out.println(args[i] + "\tdone\t" + result.getTotalAssertions());
            }
        }
        System.exit(0);
    }
}
