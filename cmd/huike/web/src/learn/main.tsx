import { render } from "preact";
import "../style/base.css";
import "../style/members.css";
import "../style/rules.css";
import { Frame } from "../members/frame";
import { Quality } from "./quality";
import { Unanswered } from "./unanswered";
import { wordsOf } from "./words";

function App() {
  return (
    <Frame here="learn" wordsOf={wordsOf} call="">
      {({ client, lang, me }) => {
        const props = { client, words: wordsOf(lang), lang, may: (op: string) => me.can.includes(op) };

        return (
          <div class="members">
            <main id="page" tabIndex={-1}>
              {props.may("calls") ? (
                <>
                  <Unanswered {...props} />
                  <Quality {...props} />
                </>
              ) : (
                <p class="notice" role="alert">
                  {props.words.notYours}
                </p>
              )}
            </main>
          </div>
        );
      }}
    </Frame>
  );
}

const root = document.getElementById("app");
if (root !== null) {
  root.textContent = "";
  render(<App />, root);
}
